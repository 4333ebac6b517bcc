import { it } from '@jest/globals';
import { sendRaw } from '../support/raw.js';
import { startStage } from '../support/stage.js';
import { pathOf, token } from '../support/requests.js';
it('probes', async () => {
  await using stage = await startStage();
  const c = 'connection: close\r\n';
  const a = `authorization: Bearer ${token}\r\n`;
  const p = `/client/v4${pathOf('/settings')}`;
  let out = '';
  for (const bytes of [
    `GET ${p} HTTP/1.1\r\n${c}${a}\r\n`,
    `GET ${p} HTTP/1.1\r\nhost: x\r\nexpect: y\r\n${c}${a}\r\n`,
    ...['TRACE','PROPFIND','QUERY','FOO','HEAD','LOCK','M-SEARCH','PURGE'].map((m)=>`${m} ${p} HTTP/1.1\r\nhost: x\r\n${c}${a}\r\n`),
    `TRACE /nowhere HTTP/1.1\r\nhost: x\r\n${c}${a}\r\n`,
    `GET ${p} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade, close\r\n${a}\r\n`,
    `CONNECT evil:443 HTTP/1.1\r\nhost: x\r\n${c}${a}\r\n`,
    `GET ${p} HTTP/2.0\r\nhost: x\r\n${c}${a}\r\n`,
    `GET ${p} HTTP/1.0\r\n${a}\r\n`,
    `PUT ${p} HTTP/1.1\r\nhost: x\r\n${c}${a}content-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}`,
    `PUT ${p} HTTP/1.1\r\nhost: x\r\n${c}${a}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n`,
    `GET ${p} HTTP/1.1\r\nhost: x\r\n${c}${a}${a}\r\n`,
    `GET ${p} HTTP/1.1\r\nhost: x\r\n${c}authorization: Bearer ${token}\r\nauthorization: Bearer other\r\n\r\n`,
    `GET ${p} HTTP/1.1\r\nhost: x\r\n${c}x-auth-email: user@example.com\r\nx-auth-key: 144c9defac04969c7bfad8efaa8ea194\r\nx-auth-key: 144c9defac04969c7bfad8efaa8ea195\r\n\r\n`,
  ]) {
    const r = await sendRaw(stage.gateway.url, bytes).catch((e: Error) => e.message);
    out += (JSON.stringify(bytes.replaceAll(p,'P').replaceAll(a,'A').slice(0,90)) + '\n   ' + (typeof r === 'string' ? r : JSON.stringify(r.text.replace(/\r\n/g,' | ').slice(0,420))) + '\n');
  }
  console.log(out);
}, 60000);
