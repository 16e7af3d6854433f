#!/bin/sh
# The flags of gnustep-config, with GNUstep's headers as a system's: they are not free of warnings.
gnustep-config --objc-flags | sed 's/-MMD -MP//; s/-Wall//; s/ -I\. / /; s/-I\([^ ]*GNUstep[^ ]*\)/-isystem \1/g'
