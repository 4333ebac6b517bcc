/** How TypeScript is compiled, in Jest and outside of it. */
export const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: {
      legacyDecorator: true,
      decoratorMetadata: true,
      useDefineForClassFields: true,
    },
    keepClassNames: true,
    target: 'es2023',
  },
  module: { type: 'es6' },
};
