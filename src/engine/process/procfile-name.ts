/** Where foreman and its kin look for the programs of a stack. */
export const PROCFILE = 'Procfile';
