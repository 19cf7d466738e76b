/* The dialog of a connection: the values of its kind of login, and a button that tries them. */
(function () {
  const TYPE = 'salesforce-connection';
  const OPEN = ['domain', 'instanceUrl', 'apiVersion', 'caBundle', 'trustedHosts'];
  const CREDENTIALS = {
    username: { type: 'text' },
    password: { type: 'password' },
    token: { type: 'password' },
    consumerKey: { type: 'text' },
    consumerSecret: { type: 'password' },
    privateKey: { type: 'password' },
    accessToken: { type: 'password' },
    proxy: { type: 'password' },
  };
  const KINDS = {
    clientCredentials: ['consumerKey', 'consumerSecret', 'domain'],
    jwt: ['username', 'consumerKey', 'privateKey', 'domain'],
    password: ['username', 'password', 'token', 'domain'],
    accessToken: ['accessToken', 'instanceUrl'],
  };

  const input = (name) => $(`#node-config-input-${name}`);

  function showKind() {
    const shown = KINDS[input('kind').val()] ?? [];
    $('.form-row[data-value]').each(function () {
      $(this).toggle(shown.includes($(this).data('value')));
    });
  }

  /** What stands in the dialog, saved or not. */
  function typed(node) {
    const read = (names) => Object.fromEntries(names.map((name) => [name, input(name).val()]));
    return {
      id: node.id,
      name: input('name').val(),
      kind: input('kind').val(),
      ...read(OPEN),
      credentials: read(Object.keys(CREDENTIALS)),
    };
  }

  function tell(report) {
    const lines = [report.message, ...report.warnings];
    $('#salesforce-connection-told')
      .empty()
      .append($('<i>', { class: report.ok ? 'fa fa-check' : 'fa fa-exclamation-triangle' }), ' ')
      .append(document.createTextNode(lines.join(' ')));
  }

  function test(node) {
    const button = $('#salesforce-connection-test').prop('disabled', true);
    $('#salesforce-connection-told').text(node._('salesforce-connection.testing'));
    $.ajax({ url: `${TYPE}/test`, type: 'POST', contentType: 'application/json', data: JSON.stringify(typed(node)) })
      .done(tell)
      .fail((answer) => tell({ ok: false, message: `${answer.status} ${answer.statusText}`, warnings: [] }))
      .always(() => button.prop('disabled', false));
  }

  RED.nodes.registerType(TYPE, {
    category: 'config',
    defaults: {
      name: { value: '' },
      kind: { value: 'clientCredentials', required: true },
      domain: { value: '' },
      instanceUrl: { value: '' },
      apiVersion: { value: '' },
      caBundle: { value: '' },
      trustedHosts: { value: '' },
    },
    credentials: CREDENTIALS,
    label() {
      return this.name || 'Salesforce';
    },
    oneditprepare() {
      input('kind').on('change', showKind);
      showKind();
      $('#salesforce-connection-test').on('click', () => test(this));
    },
  });
})();
