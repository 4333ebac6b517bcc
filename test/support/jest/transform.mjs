import { requireOutside } from './outside.mjs';

/** Stands in for a module of the application or of a package: exports what the module outside does. */
export default {
  process(_source, path, { supportsStaticESM }) {
    const outside = `requireOutside(${JSON.stringify(path)})`;
    if (!supportsStaticESM) return { code: `module.exports = ${outside};` };
    const names = Object.keys(requireOutside(path)).filter((name) => name !== 'default');
    return { code: `export const { ${names.join(', ')} } = ${outside};\nexport default ${outside}.default;` };
  },
};
