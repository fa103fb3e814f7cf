/** Stands for gaxios in the bundle: of the base class only methods that we override would use it. */
export const instance = {
  request(): never {
    throw new Error("the base class made a request of its own: override the method that did");
  },
};
