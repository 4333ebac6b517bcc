import { Param, type PipeTransform } from '@nestjs/common';
import { identifierProblem, malformedIdentifier } from '../../domain/cloudflare/call-url.js';
import { pathParameters, type PathParameter } from '../../domain/cloudflare/identifiers.js';

/** Passes an identifier on unchanged, or refuses it by name. */
class IdentifierPipe implements PipeTransform<string, string> {
  constructor(private readonly name: PathParameter) {}

  transform(value: string): string {
    const problem = identifierProblem(this.name, value);
    if (problem) throw malformedIdentifier(problem);
    return value;
  }
}

const identifier = (name: PathParameter) => () =>
  Param(name, { schema: pathParameters[name], pipes: [new IdentifierPipe(name)] });

export const ZoneId = identifier('zone_id');
export const CertificateId = identifier('certificate_id');
export const HostnameParam = identifier('hostname');
