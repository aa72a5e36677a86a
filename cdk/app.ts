/** The CDK application, which the CDK CLI runs (`cdk.json`). `settings.ts` reads its context. */
import { Annotations, App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RelicenseStack } from './relicense-stack.ts';
import { DEVELOPMENT, readSettings, type Settings } from './settings.ts';

const app = new App();
const { stage, props, warnings } = settings();
const stack = new RelicenseStack(app, `Relicense-${stage}`, {
  ...props,
  terminationProtection: stage !== DEVELOPMENT,
  tags: { application: 'relicense', stage },
});
for (const [index, warning] of warnings.entries()) Annotations.of(stack).addWarningV2(`relicense:${index}`, warning);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

/** A mistake in a setting is the operator's, so its message comes without a stack trace. */
function settings(): Settings {
  try {
    return readSettings(app.node.getAllContext());
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
