"""Creates the certificate of the gateway of a local AWS, and the certificate authority that signs it.

usage: certificate.py DIRECTORY HOST...   writes ca.pem, server.pem (certificate and authority) and server.key
"""

import datetime
import ipaddress
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = datetime.timedelta(days=397)
# clocks of containers and virtual machines may be slow
CLOCK_TOLERANCE = datetime.timedelta(days=1)


def subject_alternative_name(host):
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def unsigned_certificate(common_name, issuer_name, public_key):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer_name)]))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_TOLERANCE)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def key_usage(*, signs_certificates):
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )


def make_authority(common_name):
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        unsigned_certificate(common_name, common_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def make_server_certificate(hosts, authority_name, authority_certificate, authority_key):
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        unsigned_certificate(hosts[0], authority_name, key.public_key())
        .add_extension(x509.SubjectAlternativeName([subject_alternative_name(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        # since Python 3.13, the default TLS context refuses a certificate that does not name the key of its authority
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_certificate.public_key()), critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    return certificate, key


def write(path, content, *, mode=0o644):
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), 'wb') as file:
        file.write(content)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def main(directory, *hosts):
    authority_name = 'local AWS (do not trust beyond this machine)'
    authority_certificate, authority_key = make_authority(authority_name)
    server_certificate, server_key = make_server_certificate(
        hosts, authority_name, authority_certificate, authority_key,
    )
    write(os.path.join(directory, 'ca.pem'), pem(authority_certificate))
    # includes the authority, because MiniStack makes its Lambda functions trust the certificates in this file
    write(os.path.join(directory, 'server.pem'), pem(server_certificate) + pem(authority_certificate))
    write(os.path.join(directory, 'server.key'), mode=0o600, content=server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption(),
    ))


if __name__ == '__main__':
    main(*sys.argv[1:])
