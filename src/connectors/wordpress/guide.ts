import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'Sign in to WordPress as an administrator: only they may read the addresses of readers.',
    'Open Users, Profile, and scroll to Application Passwords. Name it Segments and choose Add New Application Password.',
    'Copy the password (six groups of four letters), and give the user name you signed in with. Your usual password does not work here.',
  ],
  firstSync:
    'All readers with an account, all comments and all posts are read, a hundred at a time: a few minutes for most blogs.',
};
