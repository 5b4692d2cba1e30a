import { isObject, type JsonObject } from '../json-object.ts';

/*
 * Protobuf's JSON takes `generationConfig` and `generation_config` for the same field. Which of the two counts where a
 * message has both is not promised, so such a message has no meaning that could be shared.
 */

/** The field `name`, which is written in camel case, in either spelling. */
export function field(message: JsonObject, name: string): unknown {
  if (Object.hasOwn(message, name)) return message[name];
  const snake = snakeCase(name);
  return Object.hasOwn(message, snake) ? message[snake] : undefined;
}

/** Of the few names that are asked for, once: every object of every request is asked for them. */
const snakeNames = new Map<string, string>();

function snakeCase(name: string): string {
  const known = snakeNames.get(name);
  if (known !== undefined) return known;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  snakeNames.set(name, snake);
  return snake;
}

/** As `field`, where it is a message itself. */
export function messageField(message: JsonObject, name: string): JsonObject | undefined {
  const value = field(message, name);
  return isObject(value) ? value : undefined;
}

/** The message with the names of its own fields in camel case; undefined where two of them are the same field. */
export function respelled(message: JsonObject): JsonObject | undefined {
  if (!Object.keys(message).some(mayBeSnake)) return message;
  const entries = Object.entries(message).map(([name, value]) => [camelCase(name), value] as const);
  const isAmbiguous = new Set(entries.map(([name]) => name)).size < entries.length;
  return isAmbiguous ? undefined : Object.fromEntries(entries);
}

/** A leading underscore is part of the name. */
function camelCase(name: string): string {
  return mayBeSnake(name)
    ? name.replace(/(?<=[A-Za-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    : name;
}

const mayBeSnake = (name: string) => name.includes('_', 1);
