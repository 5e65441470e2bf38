using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// Adam with decoupled weight decay. D. P. Kingma, J. Ba, ICLR 2015; I. Loshchilov, F. Hutter, ICLR 2019. Its whole state is two moments a weight and the number of steps.
/// A step whose gradient is not finite moves nothing and is counted.
/// </summary>
public sealed class Adam : IDisposable
{
    private readonly (string Path, Parameter Weight, Tensor First, Tensor Second)[] _slots;

    /// <summary>For all weights of a model, in its present type and on its present device.</summary>
    public Adam(Parametrized model, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
    {
        (LearningRate, Beta1, Beta2, Epsilon, WeightDecay) = (learningRate, beta1, beta2, epsilon, weightDecay);
        _slots = [.. model.State.Where(s => s.Parameter.Role == ParameterRole.Weight)
            .Select(s => (s.Path, s.Parameter, zeros_like(s.Parameter.Value.detach()).DetachFromDisposeScope(), zeros_like(s.Parameter.Value.detach()).DetachFromDisposeScope()))];
    }

    /// <summary>May change from step to step.</summary>
    public double LearningRate { get; set; }

    public double Beta1 { get; }

    public double Beta2 { get; }

    public double Epsilon { get; }

    public double WeightDecay { get; }

    /// <summary>Steps that moved the weights.</summary>
    public long Steps { get; internal set; }

    /// <summary>Steps refused because the gradient was not finite.</summary>
    public long Refused { get; internal set; }

    internal IEnumerable<(string Path, Tensor First, Tensor Second)> Moments => _slots.Select(s => (s.Path, s.First, s.Second));

    /// <summary>One step against the gradient of a loss.</summary>
    /// <param name="loss">A scalar that depends on the weights.</param>
    /// <param name="largestNorm">Longer gradients are shortened to this norm.</param>
    /// <returns>The gradient's norm before that; NaN or infinite if the step was refused.</returns>
    public double Step(Tensor loss, double largestNorm = double.PositiveInfinity)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor?[] gradients = [.. autograd.grad([loss], [.. _slots.Select(s => s.Weight.Value)], allow_unused: true)];
        using IDisposable constant = no_grad();
        bool Missing(Tensor? g) => g is null || g.IsInvalid; // a weight that the loss does not depend on
        double norm = Math.Sqrt(gradients.Where(g => !Missing(g)).Sum(g => g!.square().sum(ScalarType.Float64).item<double>()));
        if (!double.IsFinite(norm))
        {
            Refused++;
            return norm;
        }
        Steps++;
        double shortened = norm > largestNorm ? largestNorm / norm : 1, rate = LearningRate / (1 - Math.Pow(Beta1, Steps)), root = 1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps));
        for (int k = 0; k < _slots.Length; k++)
        {
            (_, Parameter weight, Tensor first, Tensor second) = _slots[k];
            if (WeightDecay != 0)
                weight.Value.mul_(1 - LearningRate * WeightDecay);
            first.mul_(Beta1);
            second.mul_(Beta2);
            if (!Missing(gradients[k]))
            {
                Tensor g = shortened < 1 ? gradients[k]! * shortened : gradients[k]!;
                first.add_(g, 1 - Beta1);
                second.addcmul_(g, g, 1 - Beta2);
            }
            weight.Value.addcdiv_(first, second.sqrt().mul_(root).add_(Epsilon), -rate);
        }
        return norm;
    }

    public void Dispose()
    {
        foreach ((_, _, Tensor first, Tensor second) in _slots)
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
