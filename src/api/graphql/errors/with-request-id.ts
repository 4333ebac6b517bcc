/** The text of an answer with the request id in each of its errors. */
export function withRequestId(answer: string, requestId: string): string {
  const { errors, ...rest } = JSON.parse(answer) as { errors?: { extensions?: object }[] };
  if (!errors) return answer;
  const named = errors.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return JSON.stringify({ errors: named, ...rest });
}
