/** The page for browsers where the playground is off. Its links are relative: a proxy may serve the gateway below a path. */
export const noPlayground = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <link rel="icon" href="data:," />
    <title>Origin Pulls Gateway: GraphQL</title>
  </head>
  <body>
    <h1>GraphQL</h1>
    <p>
      This is the GraphQL endpoint of Origin Pulls Gateway. Send operations with <code>POST</code>, the header
      <code>Content-Type: application/json</code> and a credential, for example <code>Authorization: Bearer …</code>.
    </p>
    <p>
      The playground, a page that sends operations, is off here. It is on by default only where <code>HOST</code> is a loopback
      address. To switch it on, start the gateway with <code>GRAPHQL_PLAYGROUND=on</code>.
    </p>
    <p><a href="docs">The REST API</a></p>
  </body>
</html>
`;
