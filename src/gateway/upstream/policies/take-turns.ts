import { type Metrics } from '../../../platform/telemetry/metrics.js';
import { type Policy } from './policy.js';
import { Turns } from './turns.js';

/** Bounds the calls under way, and shares them among the credentials: reads and changes apart. */
export function takeTurns(metrics: Metrics): Policy {
  const turns = { read: new Turns('read'), write: new Turns('write') };
  metrics.watchUpstreamCalls(turns);
  return (outgoing, next) => {
    const { who, call, withinMs, signal } = outgoing;
    const send = (leftMs: number) => next({ ...outgoing, withinMs: leftMs });
    return turns[call.operation.kind].run(who, withinMs, send, signal);
  };
}
