// Puts what relay-compiler has made where the graphql`` tags of the page are, as the build of an application does.
const { writeFileSync } = require('node:fs');
const { transformFileSync } = require('@babel/core');

const { code } = transformFileSync('src/page.js', {
  configFile: false,
  plugins: [['relay', { eagerEsModules: false }]],
});
writeFileSync('src/page.js', code);
