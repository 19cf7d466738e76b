import type { PluginBlock } from 'ziggy-sdk';
import { SalesforceWrite } from './SalesforceWrite.v1.block';
import { DEFAULT_CONFIG, SETTINGS } from './SalesforceWrite.v1.config';

const TYPE = 'SALESFORCE_WRITE_V1';
const NAME = 'SalesForce Write';

export const client: PluginBlock['client'] = {
  blockDefinition: {
    block: {
      type: TYPE,
      width: 375,
      height: 525,
      data: {
        type: TYPE,
        name: NAME,
        friendlyName: NAME,
        version: '1.0.0',
        help: '',
        helpFile: 'assets/help.md',
        isValid: true,
        collapse: false,
        group: 'Custom',
        styleType: 'STANDARD',
        numInputs: 1,
        numOutputs: 2,
        hasInternalOutputHandles: false,
        hasInternalInputHandles: false,
        headerColor: '#2ba3dd',
        config: DEFAULT_CONFIG,
        executionTime: 0,
        extraData: {},
        queueUuid: null,
      },
    },
    component: SalesforceWrite,
    baseNodeType: 'STANDARD',
  },
  metadata: {
    info: 'Upserts or updates the items of the edge in Salesforce',
    helpFile: 'assets/help.md',
    icon: { type: 'file', format: 'svg', path: 'assets/icon.svg' },
  },
  aiInfo: {
    summary: 'Writes items into Salesforce',
    description:
      "Takes an array of objects, optionally validates each against the org's description of the chosen object, " +
      'matches it to a record by one key and upserts or updates it. Written items leave on output 0 with their ' +
      'Id; items that failed validation leave on output 1 if so configured.',
    keyWords: ['salesforce', 'crm', 'upsert', 'update', 'sobject', 'account', 'contact', 'lead'],
    aiInfo: 'The keys of the items must be API names of fields of the object, such as Name or Industry__c.',
    props: Object.fromEntries(Object.entries(SETTINGS).map(([name, one]) => [name, one.description])),
  },
};
