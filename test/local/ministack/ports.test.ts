import { createServer } from 'node:net';
import { assertPortIsFree, freePorts } from '../../../local/ministack/ports';

const host = '127.0.0.1';

test('freePorts returns different ports', async () => {
  const ports = await freePorts(host, 10);
  expect(new Set(ports).size).toBe(10);
});

test('freePorts returns free ports', async () => {
  for (const port of await freePorts(host, 3)) {
    await expect(assertPortIsFree(host, port, 'the gateway')).resolves.toBeUndefined();
  }
});

test('the error says that a port is in use', async () => {
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

test('the error says why a server cannot listen', async () => {
  await expect(assertPortIsFree('192.0.2.1', 4566, 'the MQTT broker')).rejects.toThrow(
    /^the MQTT broker needs port 4566 of 192\.0\.2\.1, but listening there fails: listen EADDRNOTAVAIL/);
});
