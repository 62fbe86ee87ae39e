import { createServer } from 'node:net';
import { assertPortIsFree, freePorts } from '../../../local/ministack/ports';

const host = '127.0.0.1';

test('finds different ports', async () => {
  const ports = await freePorts(host, 10);
  expect(new Set(ports).size).toBe(10);
});

test('finds ports that are free', async () => {
  for (const port of await freePorts(host, 3)) {
    await expect(assertPortIsFree(host, port, 'the gateway')).resolves.toBeUndefined();
  }
});

test('says that a port is taken', async () => {
  const [port] = await freePorts(host, 1);
  const server = createServer();
  await new Promise<void>((fulfill) => server.listen(port, host, fulfill));
  try {
    await expect(assertPortIsFree(host, port, 'the gateway')).rejects.toHaveProperty('message',
      `the gateway needs port ${port} of 127.0.0.1, but another program listens there: stop that program, or choose another port`);
  } finally {
    await new Promise((fulfill) => server.close(fulfill));
  }
});

test('says why else it cannot listen', async () => {
  await expect(assertPortIsFree('192.0.2.1', 4566, 'the MQTT broker')).rejects.toThrow(
    /^the MQTT broker needs port 4566 of 192\.0\.2\.1, but listening there fails: listen EADDRNOTAVAIL/);
});
