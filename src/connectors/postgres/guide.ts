import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'Ask whoever looks after the database for a user that can only read: CREATE ROLE segments LOGIN PASSWORD ‘…’; GRANT SELECT ON the tables of the query TO segments;',
    'Let this server in: its address has to be allowed by the firewall of the database, or by the console of its provider.',
    'Write one SELECT that gives a row a person, or a row a thing that happened. Two columns are needed: one that tells the rows apart (id), and one that grows whenever a row is added or changed (updated_at).',
    'Choose Test connection: it tries the query and says how many rows it gives.',
  ],
  firstSync:
    'All rows of the query are read once; a million take some minutes. Later only those whose cursor column has grown. Rows that are deleted there are not noticed.',
};
