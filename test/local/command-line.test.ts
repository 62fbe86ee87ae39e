import { parseOptions, WrongUsage } from '../../local/command-line';

test('parseOptions reads every option', () => {
  const commandLine = [
    '--region', 'eu-west-1', '--account', '123456789012', '--gateway-port', '4566', '--iot-port', '4567', '--mqtt-port', '8883',
    '--kinesis-video-port', '4568', '--credentials-port', '8884', '--first-version', '0',
    '--json-bitmap', 'hex',
  ];
  expect(parseOptions(commandLine)).toEqual({
    region: 'eu-west-1',
    account: '123456789012',
    gatewayPort: 4566,
    iotPort: 4567,
    mqttPort: 8883,
    kinesisVideoPort: 4568,
    credentialsPort: 8884,
    streams: { firstVersion: 0, jsonBitmap: 'hex' },
  });
});

test('parseOptions leaves missing options undefined', () => {
  expect(parseOptions([])).toEqual({ streams: {} });
});

test('parseOptions returns undefined for a request for help', () => {
  expect(parseOptions(['--help'])).toBeUndefined();
});

test.each([
  [['--gateway-port', '70000'], "--gateway-port must be a number from 1 to 65535, got: '70000': leave it out for a free port"],
  [['--iot-port', '0'], "--iot-port must be a number from 1 to 65535, got: '0': leave it out for a free port"],
  [['--mqtt-port', 'mqtt'], "--mqtt-port must be a number from 1 to 65535, got: 'mqtt': leave it out for a free port"],
  [['--account', '12'], "--account must be 12 digits, got: '12': for example --account 123456789012"],
  [['--json-bitmap', 'Base64'], "--json-bitmap must be hex or base64, got: 'Base64': leave it out if your devices send no bitmaps in JSON"],
  [['--first-version', '2'], "--first-version must be 0 or 1, got: '2': leave it out for 1"],
])('parseOptions refuses %j', (commandLine, message) => {
  expect(() => parseOptions(commandLine)).toThrow(new WrongUsage(message));
});

test('parseOptions shows the options in the error about an unknown option', () => {
  expect(() => parseOptions(['--port', '4566'])).toThrow(/^Unknown option '--port'[^]*Usage: npm run local/);
});
