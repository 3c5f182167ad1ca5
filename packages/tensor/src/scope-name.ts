// The stack of module names whose forward is running: it puts `trunk.blocks.3.attention` into error messages.

const stack: string[] = [];

export const modulePath = (): string => stack.join('.');

export const withModuleName = <T>(name: string, fn: () => T): T => {
  stack.push(name);
  try {
    return fn();
  } finally {
    stack.pop();
  }
};
