import { htmlPage } from './html-page.ts';

/** What a person sees who opens the address of the server. */
export const HOME_PAGE = htmlPage(
  'Relicense',
  `<p>This is the license server of a software vendor. It delivers licenses to the containers on the customers’ machines, and it
withdraws or replaces delivered licenses with the next update of a container.</p>
<ul>
<li><a href="docs">API documentation</a>, where you can send requests</li>
<li><a href="openapi.json">OpenAPI document</a>, for tools and generators</li>
</ul>
<h2>Next steps for developers</h2>
<p>In the folder of Relicense, in another terminal:</p>
<pre>npm run demo                      # the life of a license, step by step
npm run -s relicense -- login     # use the vendor’s command line
npm run -s relicense -- --help    # list its commands</pre>`,
);
