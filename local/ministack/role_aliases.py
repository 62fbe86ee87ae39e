"""AWS::IoT::RoleAlias and its role aliases, which MiniStack lacks."""

import re

REPLACING_PROPERTIES = ('RoleAlias',)
DEFAULT_SECONDS = 3600
ALIAS_PATTERN = r'[\w=,@-]{1,128}'

_aliases = {}


def scope():
    from ministack.core.responses import get_account_id, get_region

    return get_account_id(), get_region()


def find(account, region, name):
    """Return {'roleArn': …, 'credentialDurationSeconds': …}, or None."""
    return _aliases.get((account, region, name))


def role_of(role_arn):
    """Return the role in MiniStack's IAM, or None."""
    from ministack.services import iam

    role = iam._roles.get_scoped(role_arn.split(':')[4], None, role_arn.rsplit('/', 1)[-1])
    return role if role and role['Arn'] == role_arn else None


def alias_of(properties):
    """
    https://docs.aws.amazon.com/iot/latest/apireference/API_CreateRoleAlias.html
    """
    role_arn, seconds = properties['RoleArn'], int(properties.get('CredentialDurationSeconds') or DEFAULT_SECONDS)
    if not 900 <= seconds <= 43_200:
        raise ValueError(f'credentialDurationSeconds must be from 900 to 43200, not {seconds}')
    role = role_of(role_arn)
    if role is None:
        raise ValueError(f'role {role_arn} does not exist')
    if seconds > int(role.get('MaxSessionDuration') or DEFAULT_SECONDS):
        raise ValueError(f'credentialDurationSeconds, {seconds}, is more than the maximum session duration of role {role_arn}')
    return {'roleArn': role_arn, 'credentialDurationSeconds': seconds}


def attributes(name):
    account, region = scope()
    return {'RoleAliasArn': f'arn:aws:iot:{region}:{account}:rolealias/{name}'}


def create(logical_id, properties, stack_name):
    from ministack.services.cloudformation.provisioners import _physical_name

    name = properties.get('RoleAlias') or _physical_name(stack_name, logical_id)
    if not re.fullmatch(ALIAS_PATTERN, name):
        raise ValueError(f"'{name}' is no name of a role alias")
    key = (*scope(), name)
    if key in _aliases:
        raise ValueError(f"Resource of type 'AWS::IoT::RoleAlias' with identifier '{name}' already exists.")
    _aliases[key] = alias_of(properties)
    return name, attributes(name)


def update(name, old, new, stack_name):
    _aliases[(*scope(), name)] = alias_of(new)
    return name, attributes(name)


def delete(name, properties):
    _aliases.pop((*scope(), name), None)
