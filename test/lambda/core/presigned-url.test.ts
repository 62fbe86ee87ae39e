import { expiryOf } from '../../../lambda/core/presigned-url';

const HOST = 'https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/arn%3Aaws%3Acloudformation';

test('F54: reads the expiry of a URL with Signature Version 4 from its date and duration', () => {
  expect(expiryOf(`${HOST}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261127T053000Z&X-Amz-Expires=7200&X-Amz-Signature=0a`)).toBe(Date.UTC(2026, 10, 27, 7, 30) / 1000);
});

test('F54: reads the expiry of a URL with Signature Version 2 from its parameter', () => {
  expect(expiryOf(`${HOST}?AWSAccessKeyId=AKIA&Expires=1795764600&Signature=0a`)).toBe(1_795_764_600);
});

test('F54: reads the same expiry from both forms of a presigned URL', () => {
  expect(expiryOf(`${HOST}?X-Amz-Date=20261127T053000Z&X-Amz-Expires=7200`)).toBe(expiryOf(`${HOST}?Expires=1795764600`));
});

test.each([
  '', 'not a URL', HOST, `${HOST}?X-Amz-Date=20261127T053000Z`, `${HOST}?X-Amz-Expires=7200`, `${HOST}?X-Amz-Date=20261327T053000Z&X-Amz-Expires=7200`,
  `${HOST}?X-Amz-Date=2026-11-27T05:30:00Z&X-Amz-Expires=7200`, `${HOST}?X-Amz-Date=20261127T053000Z&X-Amz-Expires=soon`, `${HOST}?Expires=`,
  `${HOST}?Expires=2026-11-27`, `${HOST}?Expires=-1`, `${HOST}?Expires=17957646000`,
  ...['x20261127T053000Z', '20261127T053000Zx'].map((date) => `${HOST}?X-Amz-Date=${date}&X-Amz-Expires=7200`),
  `${HOST}?Expires=x1795764600`, `${HOST}?Expires=1795764600x`,
])('F54: returns no expiry for a URL without a readable time: %s', (url) => {
  expect(expiryOf(url)).toBeUndefined();
});
