/* For check_apple.sh: what manual retain-release needs of Apple's Block.h. */
extern void *_Block_copy(const void *block);
extern void _Block_release(const void *block);
#define Block_copy(block) ((__typeof(block))_Block_copy((const void *)(block)))
#define Block_release(block) _Block_release((const void *)(block))
