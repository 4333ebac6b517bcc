import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { Routes } from './routes.js';

describe('Routes', () => {
  const instance = fastify();
  const routes = new Routes();
  instance.addHook('onRoute', routes.collect);
  instance.get('/zones/:id/settings', () => '');
  instance.put('/zones/:id/settings', () => '');
  instance.delete('/zones/:id/:certificate', () => '');

  it('methodsOf() lists the methods of a path, and prefers a literal route to a parameter', () => {
    expect(routes.methodsOf('/zones/1/x?y=z')).toEqual(['DELETE']);
    expect(routes.methodsOf('/zones/1/settings')).toEqual(['GET', 'HEAD', 'PUT']);
  });

  it('methodsOf() lists no method for an unknown path', () => {
    for (const path of ['/', '/zones', '/zones/1/settings/', '/zones/1/2/3', ''])
      expect(routes.methodsOf(path)).toEqual([]);
  });
});
