namespace MolSampling.Tests.Torch;

/// <summary>
/// Tests that use libtorch run one after another: some count the process's tensors or set its number of threads, and TorchSharp frees
/// numbers too early where another thread collects garbage beside them. So ./test.sh gives them a process of their own, which it finds by
/// the trait.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchAlone
{
    public const string Name = "libtorch", Trait = "process";

    [Fact]
    public void Whoever_runs_alone_has_the_trait()
    {
        // CollectionAttribute and TraitAttribute keep what they were given to themselves: it is read where the compiler wrote it
        static bool Bears(Type type, string attribute, params string[] arguments) =>
            type.GetCustomAttributesData().Any(a => a.AttributeType.Name == attribute && a.ConstructorArguments.Select(v =>
                v.Value as string).SequenceEqual(arguments));
        Type[] classes = [.. typeof(TorchAlone).Assembly.GetTypes()];
        Assert.Contains(classes, c => Bears(c, nameof(CollectionAttribute), Name));
        Assert.DoesNotContain(classes, c => Bears(c, nameof(CollectionAttribute), Name) != Bears(c, nameof(TraitAttribute), Trait, Name));
    }
}
