import type { PluginManifest } from 'ziggy-sdk';
import { client } from './SalesforceWrite.v1.definition';
import { execute } from './SalesforceWrite.v1.server';

const manifest: PluginManifest = {
  name: 'salesforce-write',
  version: '0.1.0',
  description: 'Writes the items of an edge into Salesforce: checked, matched, and none of them twice.',
  author: 'The Salesforce Write team',
  blocks: [{ client, server: { execute } }],
};

export default manifest;
