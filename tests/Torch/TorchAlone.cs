namespace MolSampling.Tests.Torch;

/// <summary>Tests that use libtorch run alone: one of them counts the process's tensors.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchAlone
{
    public const string Name = "libtorch";
}
