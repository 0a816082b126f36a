// The yardstick of the receiver's benchmark: a bare fastify route that parses the same JSON and stores nothing.
import Fastify from 'fastify';

const app = Fastify();
app.post('/v1/:integration/:token', () => ({ status: 'ok' }));
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(app.server.address().port);
