// Lint rule: what a module writes down once and for all, a number, a text, a pattern or a table of them, is named
// UPPER_CASE. Values that are worked out, functions and tables with functions in them are camelCase, like all else.

/** @type {import('eslint').Rule.RuleModule} */
export const constantRule = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { name: '{{name}} is written down once and for all: name it {{upper}}.' },
  },
  create(context) {
    return {
      /** @param {any} node */
      ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind="const"]'(node) {
        for (const { id, init } of node.declarations) {
          if (id.type !== 'Identifier' || isUpper(id.name) || !isWritten(init)) continue;
          context.report({ node: id, messageId: 'name', data: { name: id.name, upper: upperOf(id.name) } });
        }
      },
    };
  },
};

/**
 * Whether an expression is literals and nothing else.
 *
 * @param {any} node
 * @returns {boolean}
 */
function isWritten(node) {
  switch (node?.type) {
    case 'Literal':
      return true;
    case 'Identifier':
      return isUpper(node.name);
    case 'UnaryExpression':
    case 'SpreadElement':
      return isWritten(node.argument);
    case 'BinaryExpression':
      return isWritten(node.left) && isWritten(node.right);
    case 'TemplateLiteral':
      return node.expressions.every(isWritten);
    case 'TaggedTemplateExpression':
      return isWritten(node.quasi);
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return isWritten(node.expression);
    case 'ArrayExpression':
      return node.elements.every(isWritten);
    case 'ObjectExpression':
      return node.properties.every((/** @type {any} */ property) => isWritten(property.value ?? property));
    case 'NewExpression':
      return ['Set', 'Map', 'RegExp'].includes(node.callee.name) && node.arguments.every(isWritten);
    default:
      return false;
  }
}

/** @param {string} name */
const isUpper = (name) => /^[A-Z][A-Z0-9_]*$/.test(name);

/** @param {string} name */
const upperOf = (name) => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase();
