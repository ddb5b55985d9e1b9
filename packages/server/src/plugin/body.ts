/** Takes JSON alone, except where a route has parsers of its own, and says what a route takes. */
import { TelltaleError } from '@telltale/catalogue';
import type { FastifyInstance } from 'fastify';

export function refuseOtherBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser('*', (request, _body, done) => {
    const { consumes = ['application/json'] } = request.routeOptions.config.route ?? {};
    const found = request.headers['content-type'] ?? 'none';
    const message = `expected a body of ${consumes.join(', ')} (found: ${found.slice(0, 100)})`;
    done(new TelltaleError('MediaTypeUnsupported', message));
  });
}
