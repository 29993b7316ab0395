"""DenseNet; files from before 2018 have norm.1 for norm1."""

from cnncli.exchange.torchvision.family import Family

DENSENET = Family(
    networks=("densenet121",),
    modules=r"""
        features\. (?:
            (conv0) | (norm0)
            | (?: denseblock | transition )(\d)\. (?:
                denselayer(\d+)\. (?: (norm\.?1) | (conv\.?1) | (norm\.?2) | (conv\.?2) )
                | (norm) | (conv))
            | (norm5))
        | (classifier)""",
)
