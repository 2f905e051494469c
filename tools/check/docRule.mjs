// Lint rule: what a source exports has a doc comment. Exempt are the tables by which arguments are checked (`Entries`,
// `Schema`), whose names say whose they are, and all but one of the overloads of a function.

/** @type {import('eslint').Rule.RuleModule} */
export const docRule = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { missing: '{{name}} is exported: say in a doc comment what it is.' },
  },
  create(context) {
    const documented = new Set();
    return {
      /** @param {any} node */
      ExportNamedDeclaration(node) {
        const { declaration } = node;
        if (!declaration) return;
        const [variable] = declaration.declarations ?? [];
        const name = (declaration.id ?? variable.id).name;
        const type = variable?.id.typeAnnotation?.typeAnnotation.typeName?.name;
        const comment = context.sourceCode.getCommentsBefore(node).at(-1);
        if (comment?.type === 'Block' && comment.value.startsWith('*')) documented.add(name);
        const isExempt = type === 'Entries' || type === 'Schema' || documented.has(name);
        if (!isExempt) context.report({ node, messageId: 'missing', data: { name } });
      },
    };
  },
};
