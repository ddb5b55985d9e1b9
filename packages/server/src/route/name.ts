/** Tells of a parameter by the name that it has in the URL, where the library has another. */
import { TelltaleError } from '@telltale/catalogue';

export async function named<Result>(
  names: Readonly<Record<string, string>>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TelltaleError)) throw error;
    const own = error.place.pointer?.slice(1) ?? '';
    if (!Object.hasOwn(names, own)) throw error;
    const place = { ...error.place, pointer: `/${names[own]}` };
    throw new TelltaleError(error.code, error.message.replace(`/${own}`, place.pointer), place, { cause: error });
  }
}
