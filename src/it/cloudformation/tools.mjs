// Looks at templates, one a line of standard input, each as
//   {"name": …, "text": …, "tree": template, "evaluated": [template, …], "looks": ["validate", "regions", "include", "nag"]}
// and answers with one line each: {"findings": [{"tool", "rule", "resource", "path", "line", "message"}, …]}.
//
// text       as in the file, or JSON: for AWS's own validator; "validate" looks in one region, "regions" in each
// tree       the same as an object: for the CDK's include
// evaluated  the same for given parameters, conditions decided: for cdk-nag, which cannot decide them
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';

const here = createRequire(join(process.cwd(), 'package.json'));
const cdk = here('aws-cdk-lib');
const { CfnInclude } = here('aws-cdk-lib/cloudformation-include');
const { AwsSolutionsChecks, NIST80053R4Checks, NIST80053R5Checks } = here('cdk-nag');
// The CDK brings it along; what npm has under its own name is older.
const validator = here(here.resolve('@aws/cloudformation-validate', { paths: [dirname(here.resolve('aws-cdk-lib/package.json'))] }));
const engine = new validator.CelEngine();
const scratch = mkdtempSync(join(tmpdir(), 'caravan-templates-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const digits = count => Array.from({ length: count }, () => Math.floor(Math.random() * 10)).join('');
const regions = ['us-east-1', 'us-west-2', 'eu-central-1', 'eu-west-1', 'eu-north-1', 'ap-southeast-2', 'ap-northeast-1', 'sa-east-1', 'ca-central-1'];

/** Schemas, functions, references, and what cfn-lint knows of the services. */
const validated = template => validatedIn(template, 'eu-central-1');

/** What not every region complains of has its rule's name and "in some regions". */
const validatedEverywhere = template => {
  const found = new Map();
  for (const region of regions)
    for (const one of validatedIn(template, region)) {
      const key = `${one.rule} ${one.resource} ${one.path}`;
      if (!found.has(key)) found.set(key, { one, where: new Set() });
      found.get(key).where.add(region);
    }
  return [...found.values()].map(({ one, where }) => where.size === regions.length ? one : { ...one, rule: `${one.rule} in some regions` });
};

function validatedIn({ name, text }, region) {
  const report = engine.validateTemplate(new validator.TemplateContent(text, `${name}.yaml`), {
    severityLevel: 'WARN',
    pseudoParameterOverrides: { accountId: `1${digits(11)}`, region, partition: 'aws' },
  });
  return report.diagnostics.map(found => ({
    tool: 'validate',
    rule: found.ruleId,
    resource: found.entity?.entityType === 'Resource' ? found.entity.logicalId : '',
    path: found.propertyPath ?? '',
    line: found.startLine ?? 0,
    message: found.message,
  }));
}

function included(scope, template) {
  const file = join(scratch, 'template.json');
  writeFileSync(file, JSON.stringify(template));
  return new CfnInclude(scope, 'Template', { templateFile: file });
}

/** Through the CDK for an account and a region: what comes out is what went in. */
function synthesised({ name, text, tree }) {
  const app = new cdk.App({ outdir: mkdtempSync(join(scratch, 'out-')), analyticsReporting: false });
  const env = { account: `1${digits(11)}`, region: regions[Math.floor(Math.random() * regions.length)] };
  const stack = new cdk.Stack(app, name, { env, synthesizer: new cdk.LegacyStackSynthesizer() });
  try {
    included(stack, tree);
    const assembly = app.synth();
    const out = JSON.parse(readFileSync(join(assembly.directory, `${name}.template.json`), 'utf8'));
    const differs = Object.keys(tree.Resources).filter(id => !isDeepStrictEqual(normal(out.Resources[id]), normal(tree.Resources[id])));
    return differs.map(id => finding('include', 'CHANGED', id, `${env.region}: the CDK writes it differently: ${JSON.stringify(out.Resources[id])}`));
  } catch (failure) {
    return [finding('include', 'REFUSED', '', `${env.region}: ${failure.message}`)];
  }
}

const finding = (tool, rule, resource, message) => ({ tool, rule, resource, path: '', line: 0, message });

/** Without what the CDK says in another way: numbers and flags as texts, one thing waited for as a list, metadata. */
function normal(value) {
  if (Array.isArray(value)) return value.map(normal);
  if (value === null || typeof value !== 'object') return String(value);
  const said = Object.entries(value).filter(([key]) => key !== 'Metadata').sort();
  return Object.fromEntries(said.map(([key, inner]) => [key, key === 'DependsOn' ? [inner].flat() : normal(inner)]));
}

/** cdk-nag's packs. */
function nagged({ name, evaluated }) {
  const found = new Map();
  for (const template of evaluated) {
    const app = new cdk.App({ analyticsReporting: false });
    const stack = new cdk.Stack(app, name);
    try {
      included(stack, template);
    } catch (failure) {
      return [finding('nag', 'REFUSED', '', failure.message)];
    }
    for (const pack of [new AwsSolutionsChecks(undefined, { verbose: true }), new NIST80053R4Checks(undefined, { verbose: true }), new NIST80053R5Checks(undefined, { verbose: true })]) {
      for (const violation of pack.validateScope(stack).violations) {
        for (const resource of violation.violatingResources) {
          const id = resource.constructPath.split('/').pop();
          // Of a text with something put in, the text.
          const rule = violation.ruleName.replace(/\["([^"]*)",\{.*\}\]\]$/, '$1]');
          found.set(`${rule} ${id}`, finding('nag', rule, id, violation.description));
        }
      }
    }
  }
  return [...found.values()];
}

for await (const line of createInterface({ input: process.stdin })) {
  const template = JSON.parse(line);
  const findings = [];
  for (const look of template.looks)
    findings.push(...{ validate: validated, regions: validatedEverywhere, include: synthesised, nag: nagged }[look](template));
  process.stdout.write(`${JSON.stringify({ findings })}\n`);
}
