/** Whether a route template is one of the health checks. */
export function isHealthRoute(route: string | undefined): boolean {
  return route?.startsWith('/health/') ?? false;
}
