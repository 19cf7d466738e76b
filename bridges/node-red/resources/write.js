/* The node in the editor: its looks, and a dialog that is drawn from the block's own description. */
(function () {
  const TYPE = 'salesforce-write';
  const CONNECTION = 'salesforce-connection';
  let form;
  let block;

  const post = (path, body) =>
    new Promise((resolve, reject) => {
      $.ajax({ url: `${TYPE}/${path}`, type: 'POST', contentType: 'application/json', data: JSON.stringify(body) })
        .done((answer) => (answer.error ? reject(new Error(answer.error)) : resolve(answer)))
        .fail((answer) => reject(new Error(`${answer.status} ${answer.statusText}`)));
    });

  /** The chosen connection as it stands in the editor, deployed or not. */
  function chosenConnection() {
    const node = RED.nodes.node($('#node-input-connection').val());
    if (!node) {
      return null;
    }
    const { id, name, kind, domain, instanceUrl, apiVersion, caBundle, trustedHosts } = node;
    const credentials = { ...node.credentials };
    return { id, name, kind, domain, instanceUrl, apiVersion, caBundle, trustedHosts, credentials };
  }

  function ask(node, field, config) {
    const connection = chosenConnection();
    return post('choices', { field, config, connection, node: node.id }).then((answer) => answer.choices);
  }

  function check() {
    post('check', { config: form.read(), connection: chosenConnection() }).then(
      ({ problems }) => tell(problems),
      (err) => tell([{ message: err.message, severity: 'error' }]),
    );
  }

  function tell(problems) {
    const list = problems.map((one) => $('<li>', { class: `zsf-${one.severity}` }).text(one.message));
    $('#salesforce-write-problems').empty().append($('<ul>').append(list));
  }

  /** Of one connection there is nothing to choose. */
  function takeOnlyConnection() {
    const found = [];
    RED.nodes.eachConfig((one) => {
      if (one.type === CONNECTION) {
        found.push(one.id);
      }
    });
    const chooser = $('#node-input-connection');
    if (found.length === 1 && (!chooser.val() || chooser.val() === '_ADD_')) {
      chooser.val(found[0]).trigger('change');
    }
  }

  async function draw(node) {
    const place = $('#salesforce-write-form').text(node._('salesforce-write.loading'));
    try {
      block ??= (await $.getJSON(`${TYPE}/block`)).block;
      if (!block) {
        throw new Error('The sidecar does not answer. Is ziggy-sf-write installed for its Python?');
      }
    } catch (err) {
      place.text(err.message ?? `${err.status} ${err.statusText}`);
      return;
    }
    form = window.ZiggyForm({
      schema: block.configSchema,
      ui: block.uiSchema,
      config: node.config,
      without: ['connection'],
      ask: (field, config) => ask(node, field, config),
      onChange: check,
    });
    place.empty().append(form.element);
    $('#node-input-connection').on('change', form.connectionChanged);
    takeOnlyConnection();
  }

  RED.nodes.registerType(TYPE, {
    category: 'storage',
    color: '#2ba3dd',
    icon: 'salesforce-write.svg',
    defaults: {
      name: { value: '' },
      connection: { value: '', type: CONNECTION, required: true },
      config: { value: {}, validate: (config) => Boolean(config?.object && config?.matchKey) },
    },
    inputs: 1,
    outputs: 2,
    inputLabels() {
      return this._('salesforce-write.items');
    },
    outputLabels(index) {
      return this._(index === 0 ? 'salesforce-write.written' : 'salesforce-write.notWritten');
    },
    paletteLabel: 'SalesForce Write',
    label() {
      return this.name || 'SalesForce Write';
    },
    labelStyle() {
      return this.name ? 'node_label_italic' : '';
    },
    oneditprepare() {
      form = undefined;
      void draw(this);
    },
    oneditsave() {
      const next = form?.read();
      if (next && JSON.stringify(next) !== JSON.stringify(this.config)) {
        this.config = next;
        // Node-RED compares inputs of its own; this one tells it that the node has changed.
        return true;
      }
      return undefined;
    },
  });
})();
