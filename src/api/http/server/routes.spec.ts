import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { Routes } from './routes.js';

describe('the routes', () => {
  const instance = fastify();
  const routes = new Routes();
  instance.addHook('onRoute', routes.collect);
  instance.get('/zones/:id/settings', () => '');
  instance.put('/zones/:id/settings', () => '');
  instance.delete('/zones/:id/:certificate', () => '');

  it('tell which methods a path takes, and of a literal path only its own', () => {
    expect(routes.methodsOf('/zones/1/x?y=z')).toEqual(['DELETE']);
    expect(routes.methodsOf('/zones/1/settings')).toEqual(['GET', 'HEAD', 'PUT']);
  });

  it('take no other path', () => {
    for (const path of ['/', '/zones', '/zones/1/settings/', '/zones/1/2/3', ''])
      expect(routes.methodsOf(path)).toEqual([]);
  });
});
