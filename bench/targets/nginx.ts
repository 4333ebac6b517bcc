import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Program } from '../machine/processes.js';
import { type RunningProcess } from '../machine/running-process.js';

/** nginx with `proxy_cache`, which keeps answers apart by credential. It passes changes on. */
export function nginx(file: string, { origin }: RunningProcess, keptSeconds: number): Program {
  return {
    name: 'nginx',
    core: 'measured',
    run: {
      file,
      args: (port, folder) => {
        writeFileSync(join(folder, 'nginx.conf'), configuration(port, origin, keptSeconds));
        return ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
      },
    },
  };
}

function configuration(port: number, upstream: URL, keptSeconds: number): string {
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `daemon off; worker_processes 1; pid nginx.pid; error_log stderr error; ${user}
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_buffer_size 128k;
  client_body_temp_path body; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi; proxy_temp_path proxy;
  open_file_cache max=20000 inactive=1h; open_file_cache_valid 1h;
  proxy_cache_path kept keys_zone=kept:64m max_size=1g inactive=1h use_temp_path=off;
  upstream api { server ${upstream.host}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffers 64 8k;
      proxy_cache kept;
      proxy_cache_key "$http_authorization $request_uri";
      proxy_cache_valid 200 ${keptSeconds}s;
      proxy_cache_lock on;
      proxy_cache_bypass $http_cache_control;
      proxy_no_cache $http_cache_control;
    }
  }
}
`;
}
