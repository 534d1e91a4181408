import { twice } from "./plain.wasm";

twice(4);
