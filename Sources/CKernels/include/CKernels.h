int nnk_version(void);
