using System.Reflection;
using MolSampling.Flows.Targets;

namespace MolSampling.Jobs.Generators;

/// <summary>The settings that a target's name stands for.</summary>
public static class UsualTraining
{
    /// <summary>Of a target.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static TrainingConfig For(string name)
    {
        Target target = MolecularTargets.Create(name);
        using Stream? file = Assembly.GetExecutingAssembly().GetManifestResourceStream($"training.{target.Name}.json");
        if (file is not null)
            return TrainingConfig.Parse(new StreamReader(file).ReadToEnd(), $"{target.Name}.json");
        return target is InternalCoordinateTarget || target.Measure == TargetMeasure.CentreAtRest
            ? Like(target is InternalCoordinateTarget ? "aldp-ff96-obc1" : "dw4", target)
            : MolecularTargets.Crystal(name) is not null ? Like("ice-xi-16-100k", target)
            : target.Measure == TargetMeasure.Lebesgue ? Like("manywell-32", target)
            : throw new ArgumentException($"{target.Name} has no usual training: give settings in a file.");
    }

    /// <summary>Of a molecule of one's own: that of alanine dipeptide.</summary>
    public static TrainingConfig For(TrainingSystem system) => For("aldp-ff96-obc1") with { Target = system.Name, System = system };

    /// <summary>One stage of another objective, with the numbers of the last stage.</summary>
    public static TrainingConfig WithObjective(TrainingConfig config, string objective) =>
        config with { Stages = [config.Stages[^1] with { Objective = objective }] };

    private static TrainingConfig Like(string other, Target target) => For(other) with { Target = target.Name };
}
