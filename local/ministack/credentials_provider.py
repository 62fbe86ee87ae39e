"""AWS IoT's credentials provider: a device presents its certificate and receives credentials of the role of a role alias.

https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html

MiniStack stores the certificate, its things and its policies, and evaluates the policies; a session that is created
here is one of MiniStack's STS. The condition keys of the session are written into a file for the other local services.
"""

import copy
import hashlib
import http.server
import json
import os
import re
import ssl
import tempfile
import threading
import time
from datetime import datetime, timezone

import role_aliases

SERVICE = 'credentials.iot.amazonaws.com'
PATH_PATTERN = rf'/role-aliases/({role_aliases.ALIAS_PATTERN})/credentials'


class Refused(Exception):
    """The reason of a refusal. The device receives as few details as from AWS."""

    def __init__(self, reason, status=403, message='Access Denied'):
        super().__init__(reason)
        self.status = status
        self.message = message


def credentials(certificate, alias_name, thing_name):
    """Return credentials for the device with this certificate (DER). Raise Refused."""
    from ministack.core.responses import request_scope
    from ministack.services import iot

    if certificate is None:
        raise Refused('no certificate')
    owner = iot._mtls_resolve_identity(certificate)
    if owner is None or owner[2] is not None:
        raise Refused('the certificate is not an active one')
    account, region, _ = owner
    certificate_id = hashlib.sha256(certificate).hexdigest()
    with request_scope(account, region):
        if thing_name is not None and not is_attached(certificate_id, thing_name):
            raise Refused(f'the certificate is not attached to thing {thing_name}')
        context = iot._mqtt_policy_context(account, region, certificate_id, thing_name or '')
        if not iot._mqtt_policy_allows(
            account, region, certificate_id, context, 'iot:AssumeRoleWithCertificate', f'rolealias/{alias_name}',
        ):
            raise Refused(f'no policy of the certificate allows iot:AssumeRoleWithCertificate on role alias {alias_name}')
        alias = role_aliases.find(account, region, alias_name)
        if alias is None:
            raise Refused(f'there is no role alias {alias_name}', status=404, message='Role alias not found')
        return session_of(alias, certificate_id, thing_name, region)


def is_attached(certificate_id, thing_name):
    from ministack.services import iot

    record = iot._certificates.get(certificate_id) or {}
    return thing_name in iot._things and iot._thing_arn(thing_name) in record.get('attachedThings', [])


def trusts_service(role, region):
    """Return whether the statements that name the credentials provider let it assume the role.

    MiniStack's evaluation does not distinguish service principals, so it receives only these statements.
    """
    from ministack.core.iam_evaluator import EvalContext, evaluate_trust_policy

    document = role['AssumeRolePolicyDocument']
    document = json.loads(document) if isinstance(document, str) else copy.deepcopy(document)
    document['Statement'] = [statement for statement in document['Statement'] if SERVICE in services_in(statement)]
    account = role['Arn'].split(':')[4]
    caller = f'arn:aws:iam::{account}:root'
    return evaluate_trust_policy(document, caller, EvalContext(
        principal_arn=caller, principal_type='Service', principal_account=account,
        action='sts:AssumeRole', resource_arn=role['Arn'], region=region,
    ))


def services_in(statement):
    principal = statement.get('Principal')
    services = principal.get('Service', []) if isinstance(principal, dict) else []
    return [services] if isinstance(services, str) else services


def session_of(alias, certificate_id, thing_name, region):
    from ministack.services import sts

    role_arn, seconds = alias['roleArn'], alias['credentialDurationSeconds']
    role = role_aliases.role_of(role_arn)
    if role is None or not trusts_service(role, region):
        raise Refused(f'the credentials provider cannot assume role {role_arn}')
    if seconds > int(role.get('MaxSessionDuration') or role_aliases.DEFAULT_SECONDS):
        raise Refused(f'role {role_arn} has sessions of less than {seconds} seconds')
    session_arn, _ = sts._assumed_role_arn(role_arn, certificate_id)
    key, secret, token = sts._gen_session_access_key(), sts._gen_secret(), sts._gen_session_token()
    expiration = time.time() + seconds
    sts.register_session(key, {
        'Arn': session_arn, 'UserId': f'{sts._role_id(role_arn)}:{certificate_id}', 'SecretAccessKey': secret, 'SessionToken': token,
        'Expiration': expiration, 'AccountId': role_arn.split(':')[4], 'PrincipalType': 'AssumedRole', 'SessionTags': [],
        'SessionPolicies': None,
    })
    when = datetime.fromtimestamp(expiration, timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    write_session(key, {
        'accessKeyId': key, 'sessionToken': token, 'roleArn': role_arn, 'sessionArn': session_arn, 'expiration': when,
        'context': {'credentials-iot:ThingName': thing_name} if thing_name is not None else {},
    })
    return {'accessKeyId': key, 'secretAccessKey': secret, 'sessionToken': token, 'expiration': when}


def write_session(key, session):
    directory = os.environ['DEVICE_SESSIONS']
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, f'{key}.json'), 'w', encoding='utf-8') as file:
        json.dump(session, file)


def tls_context():
    """Create a context for each connection, because certificates are created and deleted while this runs."""
    from ministack.services import iot

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # a device without a certificate receives status 403, as from AWS
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    with tempfile.NamedTemporaryFile('w', suffix='.pem') as chain:
        chain.write(''.join(iot._mtls_ensure_server_cert()))
        chain.flush()
        context.load_cert_chain(chain.name)
    context.load_verify_locations(cadata=''.join(pem for _, pem in iot._mtls_trust_anchors()))
    return context


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 30

    def setup(self):
        # in the thread of the connection, so that a slow handshake does not block other clients
        self.request.settimeout(self.timeout)
        self.request = tls_context().wrap_socket(self.request, server_side=True)
        super().setup()

    def do_GET(self):
        path = re.fullmatch(PATH_PATTERN, self.path)
        if path is None:
            return self.answer(404, {'message': 'Not Found'})
        try:
            given = credentials(self.request.getpeercert(binary_form=True), path.group(1), self.headers.get('x-amzn-iot-thingname'))
        except Refused as refused:
            print('credentials provider:', refused, flush=True)
            return self.answer(refused.status, {'message': refused.message})
        return self.answer(200, {'credentials': given})

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        """Log nothing, because refusals are logged with their reasons."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Log nothing, because the client reports a failed handshake."""


def start(host, port):
    server = Server((host, port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
