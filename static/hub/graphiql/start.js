// Starts GraphiQL on this page. Requests go to this hub alone, with the session's cookie and its
// CSRF token; a token given in the pane "Headers" takes the session's place.
(() => {
  const root = document.getElementById("graphiql");
  // Read at each request: signing in elsewhere changes it.
  const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";
  const fetcher = async (parameters, options) => {
    const answer = await fetch(root.dataset.address, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        "Accept": "application/graphql-response+json",
        "Content-Type": "application/json",
        "X-CSRFToken": csrfToken(),
        ...options?.headers,
      },
      body: JSON.stringify({
        query: parameters.query,
        variables: parameters.variables || null,
        operationName: parameters.operationName || null,
      }),
    });
    return answer.json();
  };
  ReactDOM.createRoot(root).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery: "# Ctrl-Space shows what can be asked for, Ctrl-Enter asks.\n\n{\n  __typename\n}\n",
      defaultEditorToolsVisibility: true,
      shouldPersistHeaders: false,
    }),
  );
})();
