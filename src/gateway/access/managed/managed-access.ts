import { type OnApplicationShutdown } from '@nestjs/common';
import { type Credential } from '../../../domain/cloudflare/credential.js';
import { SettingsError } from '../../../platform/config/settings.js';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Readiness } from '../../../platform/health/readiness.js';
import { describeError } from '../../../platform/telemetry/describe-error.js';
import { type Logger } from '../../../platform/telemetry/logger.js';
import { type AuditLog } from '../../audit/log/audit-log.js';
import { type Principal } from '../../request/identity.js';
import { type RequestContext } from '../../request/request-context.js';
import {
  AccessPolicy,
  type AllowedCall,
  type AuditView,
  type CallerRights,
  type VerifyToken,
} from '../access-policy.js';
import { forbidden, unauthenticated } from '../refusals.js';
import { danglingGrants, problemsAtStart } from './contradictions.js';
import { type IssuerKeys } from './issuer-keys.js';
import { readState } from './read-state.js';
import { type AccessState } from './state.js';
import { tokenPlaces } from './token-files.js';
import { UpstreamTokens } from './upstream-tokens.js';

/** A change of the access file holds at the next look; with what a look takes, within 5 s. */
const lookEveryMs = 2000;

const component = 'access';

interface Parts {
  readonly path: string;
  readonly audit: AuditLog;
  readonly readiness: Readiness;
  readonly log: Logger;
}

/** The access file decides who may do what, and its tokens are those that calls are made with. */
export class ManagedAccess extends AccessPolicy implements OnApplicationShutdown {
  override readonly isUpToCloudflare = false;
  readonly tokens: UpstreamTokens;
  private timer: NodeJS.Timeout | undefined;
  private verify: VerifyToken | null = null;
  /** How often another file or another token came into force. */
  private changes = 0;
  private told = '';
  /** By upstream. */
  private readonly troubles = new Map<string, string | null>();

  private constructor(
    private readonly parts: Parts,
    public state: AccessState,
    /** By URL: a new access file does not make the keys of an issuer unknown. */
    private readonly issuerKeys: Map<string, IssuerKeys>,
  ) {
    super();
    this.tokens = new UpstreamTokens({
      onChange: ({ upstream, use }) => {
        this.changes += 1;
        parts.log.info({ upstream, use }, 'upstream token in use');
      },
      onTrouble: (upstream, trouble) => this.tellOf(upstream, trouble),
    });
  }

  /** @throws SettingsError if the file cannot be used to start with */
  static async open(parts: Parts): Promise<ManagedAccess> {
    const issuerKeys = new Map<string, IssuerKeys>();
    const state = await readState(parts.path, issuerKeys);
    const problems = problemsAtStart(state.file);
    if (problems.length > 0)
      throw new SettingsError(problems.map((problem) => `ACCESS_FILE: ${parts.path}: ${problem}`));
    return new ManagedAccess(parts, state, issuerKeys);
  }

  override get version(): string {
    return String(this.changes);
  }

  override allow(ctx: RequestContext, { operation, params }: AllowedCall): Credential {
    const { rules } = this.state;
    if (!rules.may(this.principalOf(ctx), operation.name, params.zone_id)) throw this.refusalFor(ctx);
    const upstream = rules.upstreamFor(params.zone_id);
    if (!upstream) throw this.refusalFor(ctx);
    const credential = this.tokens.credentialFor(upstream, operation.kind);
    if (credential) return credential;
    const message = `The token of this gateway for Cloudflare, upstream ${upstream.name}, cannot be used: /health/ready says why. Nothing was sent.`;
    throw new GatewayError('upstream_credential_unusable', message, { retry: true });
  }

  override allowAudit(ctx: RequestContext, zoneId: string | null): AuditView {
    const { rules } = this.state;
    const principal = this.principalOf(ctx);
    if (rules.may(principal, 'audit.search', zoneId ?? '*')) return 'whole';
    if (zoneId !== null && rules.may(principal, 'audit.read', zoneId)) return 'masked';
    throw this.refusalFor(ctx);
  }

  override rightsOf(ctx: RequestContext): CallerRights {
    return this.state.rules.rightsOf(this.principalOf(ctx));
  }

  /** Verifies the tokens, and looks at the files from then on. */
  override async begin(verify: VerifyToken): Promise<void> {
    this.verify = verify;
    const { path } = this.parts;
    const refusals = await this.tokens.look(tokenPlaces(path, this.state.file), verify);
    if (refusals.length > 0) throw new SettingsError(refusals);
    this.announce(null);
    this.timer = setTimeout(() => void this.look(), lookEveryMs).unref();
  }

  override refused(credential: Credential): GatewayError {
    const upstream = this.tokens.doubt(credential) ?? 'unknown';
    const message = `Cloudflare refuses the token of this gateway, upstream ${upstream}: the people who run the gateway have to replace it.`;
    return new GatewayError('upstream_credential_unusable', message, { retry: false });
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private principalOf({ identity }: RequestContext): Principal {
    if (identity instanceof GatewayError) throw identity;
    if (identity.kind === 'holder') throw new Error('Callers have no credentials of Cloudflare here.');
    // The file may have changed since the request arrived.
    if (!this.state.knows(identity)) throw unauthenticated('Your access has been revoked.', 'invalid_token');
    return identity;
  }

  /** Entra ID leaves out the groups of a token that would have more than 200. */
  private refusalFor(ctx: RequestContext): GatewayError {
    const { claims } = this.principalOf(ctx);
    const leftOut = claims['_claim_names'];
    const isOverage = typeof leftOut === 'object' && leftOut !== null && Object.hasOwn(leftOut, 'groups');
    return forbidden(isOverage ? ' Your token has too many groups to name them: use app roles instead.' : '');
  }

  private async look(): Promise<void> {
    const { path, log } = this.parts;
    const failed = (what: string) => (error: unknown) => log.error({ error: describeError(error) }, what);
    try {
      await this.lookAtFile();
      this.tell(null);
    } catch (error) {
      if (!(error instanceof SettingsError)) failed('could not look at the access file')(error);
      this.tell(error instanceof SettingsError ? error.problems.join('\n') : 'cannot be read');
    }
    // Not awaited: how long Cloudflare takes to verify a token must not delay a revocation.
    if (this.verify)
      void this.tokens
        .look(tokenPlaces(path, this.state.file), this.verify)
        .catch(failed('could not look at the token files'));
    if (this.timer) this.timer = setTimeout(() => void this.look(), lookEveryMs).unref();
  }

  private async lookAtFile(): Promise<void> {
    const next = await readState(this.parts.path, this.issuerKeys, this.state);
    if (next === this.state) return;
    const before = this.state.sha256;
    this.state = next;
    this.changes += 1;
    this.announce(before);
  }

  private announce(previous: string | null): void {
    const { log, audit } = this.parts;
    const { sha256, file } = this.state;
    const change = { sha256, ...(previous !== null && { previous }) };
    log.info(change, 'access file in force');
    audit.accessChanged(change);
    for (const place of danglingGrants(file)) log.warn({ place }, 'a grant allows nothing');
  }

  private tellOf(upstream: string, trouble: string | null): void {
    const { readiness, log } = this.parts;
    readiness.trouble(`upstream ${upstream}`, trouble);
    const before = this.troubles.get(upstream) ?? null;
    this.troubles.set(upstream, trouble);
    if (trouble === before) return;
    if (trouble === null) log.info({ upstream }, 'upstream token in doubt no longer');
    else log.warn({ upstream, reason: trouble }, 'upstream token in doubt');
  }

  /** One line for each problem. The file that was in force stays in force. */
  private tell(problem: string | null): void {
    const { readiness, log } = this.parts;
    readiness.trouble(
      component,
      problem === null ? null : 'the access file cannot be used: the one before is in force',
    );
    if (problem !== null && problem !== this.told) log.error({ problem }, 'access file refused');
    this.told = problem ?? '';
  }
}
