import { invalidQuery } from '../refusal.js';
import { type FieldType, typeNamed } from '../schema.js';

interface RawParameter {
  readonly name?: string;
  readonly parameterType?: { readonly type?: string; readonly arrayType?: { readonly type?: string } };
  readonly parameterValue?: {
    readonly value?: unknown;
    readonly arrayValues?: ReadonlyArray<{ readonly value?: unknown }>;
  };
}

export interface Parameter {
  readonly type: FieldType;
  readonly isList: boolean;
  /** The value as text, for any type ("QueryParameterValue"; a bare number is taken as a double reads it); null is NULL. */
  readonly values: readonly (string | null)[];
}

/** Named query parameters ("Running parameterized queries"). */
export class Parameters {
  readonly #byName = new Map<string, Parameter>();

  /** Reads the parameters of a request. @throws Refusal 400. */
  constructor(mode: string | undefined, raw: readonly RawParameter[] = []) {
    if (raw.length > 0 && mode !== undefined && mode.toUpperCase() !== 'NAMED')
      throw invalidQuery('This server knows named parameters only');
    for (const parameter of raw)
      this.#byName.set(String(parameter.name).toLowerCase(), readParameter(parameter));
  }

  /** Returns a parameter. @throws Refusal 400 for one that was not given, or a list where one value is needed. */
  get(name: string, isList: boolean): Parameter {
    const parameter = this.#byName.get(name.toLowerCase());
    if (parameter === undefined) throw invalidQuery(`Query parameter '${name}' not found`);
    if (parameter.isList !== isList) throw invalidQuery(`Query parameter '${name}' has the wrong type`);
    return parameter;
  }
}

function readParameter({ name, parameterType, parameterValue }: RawParameter): Parameter {
  const isList = parameterType?.type === 'ARRAY';
  const typeName = isList ? parameterType?.arrayType?.type : parameterType?.type;
  const type = typeNamed(typeName);
  if (name === undefined || type === undefined || type === 'RECORD')
    throw invalidQuery(`Invalid value for type: ${typeName} is not a valid value`);
  const raw = isList ? (parameterValue?.arrayValues ?? []) : [{ value: parameterValue?.value }];
  const values = raw.map(({ value }) => (value === null || value === undefined ? null : String(value)));
  return { type, isList, values };
}
