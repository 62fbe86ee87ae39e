import { createServer } from 'node:tls';
import { Aedes } from 'aedes';

/* Aedes, an MQTT broker that others have written, as a process: it is an ES module, which the tests are not. */

/** The test may be gone already. */
const report = (message) => process.connected && process.send(message, () => {});

const broker = await Aedes.createBroker({
  authorizeSubscribe: (_client, subscription, done) => subscription.topic.startsWith('denied/') ? done(new Error('denied')) : done(null, subscription),
});
broker.on('publish', ({ topic, payload }, client) => {
  if (client) report({ published: { topic, payload: Buffer.from(payload).toString('hex') } });
});
broker.on('clientDisconnect', ({ id }) => report({ disconnected: id }));

process.on('message', ({ listen, publish }) => {
  if (publish) {
    broker.publish({ cmd: 'publish', qos: 0, retain: false, dup: false, topic: publish.topic, payload: Buffer.from(publish.payload, 'hex') }, () => {});
    return;
  }
  const server = createServer({ ...listen, requestCert: true, rejectUnauthorized: true }, broker.handle);
  server.listen(0, '127.0.0.1', () => report({ port: server.address().port }));
});
process.on('disconnect', () => process.exit());
report({ ready: true });
