/** Whether invented views are built in; false in the window that ships. */
declare const __FIXTURES__: boolean;
