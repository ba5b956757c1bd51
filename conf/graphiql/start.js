// SPDX-License-Identifier: GPL-2.0-or-later
// The page at /graphql: gets a token, and starts GraphiQL with it. The token is kept as long as
// the tab; the secret is not kept at all.
'use strict';

const form = document.getElementById('sign-in');
const told = document.getElementById('told');
const KEPT = 'telgate-token';

const QUERY = `# Ctrl-Space completes, Ctrl-Enter runs; the book on the left explains the graph.
{
  listCustomers(limit: 5) {
    name
    bills {
      id
      amountDue { unit value }
    }
  }
}
`;

// token: empty where the graph is open to all.
const bearer = (token) => token ? {Authorization: `Bearer ${token}`} : {};

function start(token) {
  const fetcher = GraphiQL.createFetcher({url: '/graphql', headers: bearer(token)});
  const place = document.getElementById('graphiql');
  form.hidden = true;
  place.hidden = false;
  ReactDOM.createRoot(place).render(React.createElement(GraphiQL, {fetcher, defaultQuery: QUERY}));
}

async function tokenOf(client, secret) {
  const part = (text) => encodeURIComponent(text).replace(/%20/g, '+');
  const answer = await fetch('/oauth2/token', {method: 'POST',
    headers: {Authorization: 'Basic ' + btoa(`${part(client)}:${part(secret)}`)},
    body: new URLSearchParams({grant_type: 'client_credentials'})});
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error_description || said.error || said.detail ||
    `no token: ${answer.status}`);
  return said.access_token;
}

async function works(token) {
  const answer = await fetch('/graphql', {method: 'POST',
    headers: {...bearer(token), 'Content-Type': 'application/json'},
    body: JSON.stringify({query: '{ __typename }'})});
  return answer.status !== 401;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const {client, secret, token} = Object.fromEntries(new FormData(form));
  told.textContent = '';
  try {
    const got = token || await tokenOf(client, secret);
    if (!await works(got)) throw new Error('this token is refused');
    sessionStorage.setItem(KEPT, got);
    start(got);
  } catch (fault) {
    told.textContent = fault.message;
  }
});

(async () => {
  const kept = sessionStorage.getItem(KEPT) || '';
  if (await works(kept)) start(kept);
})();
