import { type IncomingMessage, type ServerResponse } from 'node:http';
import { accept, startUpstream, type Upstream } from '../support/upstream/upstream.js';
import { emptyPage, type Shape, type World } from './shapes.js';

export interface GeneratedUpstream extends Upstream {
  /** Answers for the zone of this world from now on; with `isChange`, to all calls but reads of the settings. */
  add(world: World, isChange: boolean): void;
  remove(world: World): void;
}

/** An HTTP server that answers for each zone as its world says. */
export async function startGeneratedUpstream(): Promise<GeneratedUpstream> {
  const worlds = new Map<string, { readonly world: World; readonly isChange: boolean }>();
  const upstream = await startUpstream((incoming, outgoing) => {
    incoming.resume().on('end', () => answer(incoming, outgoing));
  });
  const answer = ({ url = '', method }: IncomingMessage, outgoing: ServerResponse) => {
    const zone = /zones\/([0-9a-f]{32})/.exec(url)?.[1] ?? '';
    const found = worlds.get(zone);
    if (!found) return outgoing.writeHead(500).end('no such world');
    // The read that admits a credential.
    if (found.isChange && method === 'GET') return accept(outgoing);
    const page = Number(/[?&]page=(\d+)/.exec(url)?.[1] ?? '1');
    return give(outgoing, found.world.pages[page - 1] ?? emptyPage);
  };
  return {
    ...upstream,
    add: (world, isChange) => void worlds.set(world.zone, { world, isChange }),
    remove: ({ zone }) => void worlds.delete(zone),
  };
}

function give(outgoing: ServerResponse, { status, text, isCut }: Shape): void {
  const bytes = Buffer.from(text);
  outgoing.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  if (!isCut) return void outgoing.end(bytes);
  outgoing.write(bytes.subarray(0, bytes.length >> 1), () => outgoing.destroy());
}
